"""What people look at: pictures and clips by id, what lies beside an item, and where a search stands."""
