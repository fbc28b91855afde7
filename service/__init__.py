"""The running process: settings, assembly, edge, contract, stores, limits, telemetry, command line."""
