"""What runs inside the simulator: driver, monitor, reference, scoreboard, and two benches."""
