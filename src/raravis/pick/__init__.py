"""Pool -> rows and scores: what to look at next. One small file a strategy; none ever sees the truth."""
