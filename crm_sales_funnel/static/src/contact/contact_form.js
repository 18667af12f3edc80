import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {registry} from "@web/core/registry";

/**
 * The dialog of a contact: it has been made when somebody says so by a button. Who leaves
 * the page or the tab, goes back or reloads has not; he is asked if he typed something.
 */
export class ContactFormController extends FormController {
    beforeVisibilityChange() {
        return undefined;
    }

    async beforeLeave() {
        return undefined;
    }

    beforeUnload(ev) {
        if (this.model.root.dirty) {
            ev.preventDefault();
            ev.returnValue = "Unsaved changes";
        }
    }
}

registry.category("views").add("funnel_contact_form", {
    ...formView,
    Controller: ContactFormController,
});
