"""Pictures with labels and a backbone -> a classifier of pictures, all its layers trained. PyTorch comes with a run.

What trains lies in modules that import PyTorch; `settings` and `backbone` are light.
"""
