import re

from odoo import models

EXPRESSIONS = ("invisible", "column_invisible", "readonly", "required")


class IrUiView(models.Model):
    _inherit = "ir.ui.view"

    def _postprocess_access_rights(self, tree):
        """Leave the fields that a user is kept from out of the views as well:
        otherwise the web client would ask for them and show an error."""
        if not self.env.user._funnel_sees_prices():
            for root in tree.xpath("//*[@model_access_rights][not(self::field)]"):
                model = self.env[root.get("model_access_rights")]
                if hasattr(model, "_withheld_fields"):
                    self._leave_out(root, model._withheld_fields())
        return super()._postprocess_access_rights(tree)

    def _leave_out(self, root, names):
        """Remove the fields ``names``, their labels and the conditions that use
        them from the view ``root``, but not from views embedded in it."""
        used = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
        for node in list(root.iterdescendants("*")):
            view = next(
                a
                for a in node.iterancestors()
                if a.get("model_access_rights") and a.tag != "field"
            )
            if view is not root or node.getparent() is None:
                continue
            if (
                node.tag == "field"
                and node.get("name") in names
                or node.tag == "label"
                and node.get("for") in names
            ):
                self._remove_node(node)
            else:
                for name in (*EXPRESSIONS, *(a for a in node.attrib if "-" in a)):
                    if used.search(node.get(name) or ""):
                        del node.attrib[name]

    def _remove_node(self, node):
        parent = node.getparent()
        if node.tail and parent is not None:
            previous = node.getprevious()
            if previous is not None:
                previous.tail = (previous.tail or "") + node.tail
            else:
                parent.text = (parent.text or "") + node.tail
        parent.remove(node)
