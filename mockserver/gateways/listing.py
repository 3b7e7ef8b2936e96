"""The models of a gateway, in the shapes that it lists them in."""
