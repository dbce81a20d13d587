"""What the app does as a server: navigation, start, memory, sharing and theme. Nothing of one screen."""
