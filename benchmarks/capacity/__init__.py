"""How far it carries: what a core, a worker, the store and the shared limits take. docs/capacity.md says what follows."""
