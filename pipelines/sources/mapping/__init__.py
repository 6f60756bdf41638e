"""``format = "mapping"``: any tabular or nested file, by what the configuration declares of it.

``declaration`` is what may be declared, ``references`` how a field is named, ``expressions`` which SQL may stand in it,
``records`` reads a file into rows of text, ``evaluate`` computes the columns, ``reader`` puts them together.
"""
