"""Demo data: the cases, sessions and people of the domain dossier, section 7. All people and numbers are fictional."""
