import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {ContactFormController} from "./contact_form";
import {_t} from "@web/core/l10n/translation";
import {formView} from "@web/views/form/form_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/**
 * The dialog that goes from one customer to the next: who skips one, or stops, saves
 * nothing; who logs a contact after a colleague did is told so first.
 */
export class ContactQueueFormController extends ContactFormController {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.dialogs = useService("dialog");
        this.actions = useService("action");
        this.notification = useService("notification");
    }

    async beforeExecuteActionButton(clickParams) {
        switch (clickParams.name) {
            case "action_queue_skip":
                await this.leave("action_skip");
                return false;
            case "action_queue_stop":
                await this.leave("action_stop");
                return false;
            case "action_queue_next":
                if (!(await this.isThere()) || !(await this.hasSeenNews())) {
                    return false;
                }
        }
        return super.beforeExecuteActionButton(clickParams);
    }

    /** Ask the line of the queue what to show next, without saving the contact. */
    async leave(method) {
        await this.actions.doAction(await this.callLine(method));
    }

    callLine(method) {
        const line = this.model.root.data.queue_line_id;
        return this.orm.call("funnel.contact.queue.line", method, [
            line ? [line.id] : [],
        ]);
    }

    /** Who was deleted meanwhile cannot be logged: keep what was typed for another one. */
    async isThere() {
        const {root} = this.model;
        if (!root.data.queue_line_id || (await this.callLine("is_there"))) {
            return true;
        }
        await root.update({
            queue_line_id: false,
            partner_id: false,
            lead_id: false,
            contact_id: false,
        });
        this.notification.add(
            _t(
                "The customer was deleted meanwhile. Nothing that you typed is lost: choose another customer and save once more.",
            ),
            {type: "warning", sticky: true},
        );
        return false;
    }

    /** Tell what a colleague has logged meanwhile, and ask whether to log it too. */
    async hasSeenNews() {
        const news =
            this.model.root.data.queue_line_id && (await this.callLine("get_news"));
        if (!news) {
            return true;
        }
        const answer = await new Promise((resolve) => {
            this.dialogs.add(
                ConfirmationDialog,
                {
                    title: _t("Logged already"),
                    body: news,
                    confirmLabel: _t("Log mine as well"),
                    cancelLabel: _t("Go back"),
                    confirm: () => resolve(true),
                    cancel: () => resolve(false),
                },
                {onClose: () => resolve(false)},
            );
        });
        if (answer) {
            await this.callLine("action_see_news");
        }
        return answer;
    }
}

registry.category("views").add("funnel_contact_queue_form", {
    ...formView,
    Controller: ContactQueueFormController,
});
