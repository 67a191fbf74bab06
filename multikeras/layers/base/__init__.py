"""What a layer is made of: each file holds one of its sides."""
