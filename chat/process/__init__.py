"""What a process does all along, whatever it serves: its loop, threads, log and end."""
