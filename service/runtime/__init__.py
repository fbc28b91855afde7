"""The running process: settings, assembly, server, workers, background jobs, clock."""
