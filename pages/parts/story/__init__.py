"""Stories on the screen: which there are, how they are shown, edited and presented."""
