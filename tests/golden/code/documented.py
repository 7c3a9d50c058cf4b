"""What boats do.

.. note:: Mind the tide.

See :ref:`ports`, and ``sail()``.
"""


def sail():
    """Sails.

    .. versionadded:: 2
    """
    return True
