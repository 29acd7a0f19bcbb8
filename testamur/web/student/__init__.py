"""Pages for students and former students."""
