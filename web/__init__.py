"""What people see: pages, JSON routes, templates and browser code. Only `web.app` puts everything together."""
