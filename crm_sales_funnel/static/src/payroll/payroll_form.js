import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {registry} from "@web/core/registry";
import {useBus} from "@web/core/utils/hooks";

/**
 * A new payroll has all that it needs from the last one. Odoo would save it for who
 * reloads the page, closes it or looks at another tab, though nothing was entered.
 */
export class PayrollFormController extends FormController {
    setup() {
        super.setup();
        // What is typed before its field is left is no change of the record yet.
        this.isTyping = false;
        useBus(this.model.bus, "FIELD_IS_DIRTY", ({detail}) => {
            this.isTyping = detail;
        });
    }

    get isUntouched() {
        const {isNew, dirty} = this.model.root;
        return isNew && !dirty && !this.isTyping;
    }

    beforeVisibilityChange() {
        return this.isUntouched ? undefined : super.beforeVisibilityChange();
    }

    async beforeUnload(ev) {
        return this.isUntouched ? undefined : super.beforeUnload(ev);
    }
}

registry.category("views").add("funnel_payroll_form", {
    ...formView,
    Controller: PayrollFormController,
});
