"""What everything else stands on: files, processes, caches, JSON from outside."""
