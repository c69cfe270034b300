"""Every way in which a configuration can be changed, as a pure function from one Config to the next.

They take what people typed and raise InvalidConfig under the field's name; that the result fits together, and fits
this machine, is decided when it is saved. Facts are needed where a command leaves something to be found.
"""
