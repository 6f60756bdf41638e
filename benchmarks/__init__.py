"""Speed as ratios in one run against what a user would use instead. Nothing here is part of the test suite."""
