"""Files, folders and locks that survive crashes and full disks; nothing here knows what is in them."""
