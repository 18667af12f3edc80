import {Component} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {Dialog} from "@web/core/dialog/dialog";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/** Explains the comparison of the aging with the general ledger, account by account. */
export class AgingTieOutDialog extends Component {
    static template = "crm_sales_funnel.AgingTieOutDialog";
    static components = {Dialog};
    static props = {close: Function, tieOut: Object, resModel: String, context: Object};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get isPayable() {
        return this.props.tieOut.account_type === "liability_payable";
    }

    get title() {
        const date = formatDate(deserializeDate(this.props.tieOut.as_of));
        return _t("Aging and general ledger at %s", date);
    }

    amount(company, value) {
        return formatCurrency(value, company.currency_id);
    }

    tradeAccounts(company) {
        return company.accounts.filter((account) => !account.non_trade);
    }

    otherAccounts(company) {
        return company.accounts.filter((account) => account.non_trade);
    }

    async openItems(company, account) {
        const action = await this.orm.call(
            this.props.resModel,
            "action_open_ledger",
            [account.id, company.id],
            {context: this.props.context},
        );
        this.props.close();
        return this.action.doAction(action);
    }
}
