"""Side-by-side measurements of the service and of the peers it is compared with."""
