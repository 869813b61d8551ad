"""What a run of `flows.quality` looks at, keeps and shows; the rules stand in `expectations`."""
