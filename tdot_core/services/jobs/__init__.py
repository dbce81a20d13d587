"""Jobs: runs at work in processes of their own."""
