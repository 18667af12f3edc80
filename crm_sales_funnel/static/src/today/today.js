import {formatCurrency} from "@web/core/currency";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {Layout} from "@web/search/layout";
import {useSetupAction} from "@web/search/action_hook";
import {Component, onWillStart, useState} from "@odoo/owl";

/**
 * What must be done today: one card per kind of work, one line per reminder. All
 * figures come from the registry of reminders in a single read-only call.
 */
export class Today extends Component {
    static template = "crm_sales_funnel.Today";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = {controlPanel: {}};
        this.reachTitles = {
            own: _t("Mine"),
            team: _t("My team"),
            all: _t("All"),
        };
        this.state = useState({screen: null});
        useSetupAction({getLocalState: () => ({reach: this.state.screen.reach})});
        onWillStart(() => this.load(this.props.state?.reach));
    }

    async load(reach) {
        this.state.screen = await this.orm.call("funnel.reminder", "get_today_screen", [
            reach || null,
        ]);
    }

    amount(reminder) {
        return formatCurrency(reminder.amount, reminder.currency_id);
    }

    /** Only what is there and should not wait is set off by a colour. */
    lineClass(reminder) {
        if (!reminder.count) {
            return "text-muted";
        }
        return {
            danger: "text-danger fw-bold",
            warning: "text-warning-emphasis fw-bold",
        }[reminder.severity];
    }

    open(reminder) {
        return this.action.doAction(reminder.action);
    }

    press(button) {
        return this.action.doAction(button.action, {
            onClose: () => this.load(this.state.screen.reach),
        });
    }
}

registry.category("actions").add("crm_sales_funnel.today", Today);
