"""What stores have in common that keep things elsewhere than in the memory of a process."""
