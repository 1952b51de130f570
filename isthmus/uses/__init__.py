"""What a code is good for, one use a file."""
