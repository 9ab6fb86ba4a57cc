"""The worker: takes jobs from the table and does them, and looks for work that a crash left undone."""
