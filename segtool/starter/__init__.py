"""From export files to a first segments.yaml: look at them, guess what they are, think of lists, write it down."""
