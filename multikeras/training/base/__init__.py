"""What a trainer is made of: each file holds one of its sides."""
