"""The pages: routes that answer with HTML. What may be seen comes from the services, already narrowed."""
