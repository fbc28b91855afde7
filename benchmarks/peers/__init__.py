"""The same endpoint in other frameworks: check the cookie's token, answer with a fresh one."""
