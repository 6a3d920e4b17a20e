"""What scripts/train_referee learns from."""
