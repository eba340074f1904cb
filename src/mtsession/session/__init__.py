"""Plan, activities' protocol, runner and measures."""
