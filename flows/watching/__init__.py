"""What `flows.watch` looks at: the connectors, the age of their windows, the runs of Prefect."""
