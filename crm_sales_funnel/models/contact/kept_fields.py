"""Fields that only the server sets."""


def written(env, fnames, vals) -> set[str]:
    """Return those of the fields that a request writes, or names as its defaults; none
    where the server works by itself.

    :param fnames: set of field names
    :param vals: values as of ``create()`` or ``write()``
    """
    if env.su:
        return set()
    prefix = "default_"
    defaults = {
        key.removeprefix(prefix) for key in env.context if key.startswith(prefix)
    }
    return fnames & (vals.keys() | defaults)
