"""What the intervals and verdicts promise, measured in worlds that share nothing with the simulator or the tests' builders."""
