import {useExternalListener} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";

/**
 * Receive and Pay by keyboard: Enter in the amount shows what is proposed and goes on to
 * the button that confirms it.
 */
export class SettleFormController extends FormController {
    setup() {
        super.setup();
        useExternalListener(document, "keydown", this.onKeydown.bind(this));
    }

    onKeydown(event) {
        const form = this.rootRef.el;
        if (
            event.key === "Enter" &&
            form?.contains(event.target) &&
            event.target.closest(".o_field_widget[name='amount']")
        ) {
            event.preventDefault();
            form.querySelector("button[name='action_confirm']")?.focus();
        }
    }
}

registry.category("views").add("funnel_settle_form", {
    ...formView,
    Controller: SettleFormController,
});
