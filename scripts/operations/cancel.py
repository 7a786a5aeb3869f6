def measure(o, f): pass
