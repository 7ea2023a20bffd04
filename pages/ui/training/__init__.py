"""The two halves of the train page: the form that starts a run, and the view that watches one."""
