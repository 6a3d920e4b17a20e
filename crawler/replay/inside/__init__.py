"""What runs in the side environment; nothing of it is imported by Gazette."""
