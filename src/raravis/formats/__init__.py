"""Files that leave a project: events, data sets, clips, a classifier. Each is `write(export, folder) -> Path`."""
