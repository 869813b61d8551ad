"""Windows made again from bronze and put right in lake and MongoDB, for whoever changed bronze."""
