import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {omit, pick} from "@web/core/utils/objects";
import {formatMonetary} from "@web/views/fields/formatters";
import {ListRenderer} from "@web/views/list/list_renderer";
import {AgingControlPanel} from "./aging_control_panel";
import {asOfListView} from "./as_of_views";

const isBucket = (column) => Boolean(column.name?.startsWith("amount_"));
// What a phone is wide enough for.
const PHONE_COLUMNS = ["partner_id", "label", "residual", "oldest_days"];
// Where a zero says nothing.
const isBlankAtZero = (column) =>
    isBucket(column) || ["oldest_days", "debt_age"].includes(column.name);

/**
 * The aging table. The row of a customer shows salesperson and last receipt as well,
 * amounts of zero are left blank, and each amount opens its documents.
 */
export class AgingListRenderer extends ListRenderer {
    static groupRowTemplate = "crm_sales_funnel.AgingListRenderer.GroupRow";

    /**
     * What the rows are grouped by stands above them and needs no column, and only
     * groups have a share. The name of a group has the room of the document below it.
     */
    getActiveColumns() {
        const {groupBy, isGrouped} = this.props.list;
        const needless = isGrouped ? groupBy : ["share"];
        return super
            .getActiveColumns()
            .filter(({name}) => !needless.includes(name))
            .filter(({name}) => !this.env.isSmall || PHONE_COLUMNS.includes(name))
            .map((column) =>
                isGrouped && column.name === "label"
                    ? {...column, attrs: omit(column.attrs, "width")}
                    : column,
            );
    }

    getFormattedValue(column, record) {
        if (isBlankAtZero(column) && !record.data[column.name]) {
            return "";
        }
        return super.getFormattedValue(column, record);
    }

    formatGroupAggregate(group, column) {
        if (this.customerColumns(group).includes(column)) {
            return {value: this.getFormattedValue(column, group.record)};
        }
        const amount = group.aggregates[column.name];
        const currencies = group.aggregates.company_currency_id;
        if (isBlankAtZero(column) && !amount) {
            return {value: ""};
        }
        if (isBucket(column) && currencies.length === 1) {
            return {value: this.formatAmount(amount, currencies[0])};
        }
        return super.formatGroupAggregate(group, column);
    }

    computeAggregates() {
        const aggregates = super.computeAggregates();
        for (const column of this.columns.filter(isBucket)) {
            const total = aggregates[column.name];
            if (total && !total.multiCurrency) {
                total.value = this.formatAmount(
                    total.rawValue,
                    user.activeCompany.currency_id,
                );
            }
        }
        return aggregates;
    }

    /** The symbol stands in the column of the total alone. */
    formatAmount(amount, currencyId) {
        return amount ? formatMonetary(amount, {currencyId, noSymbol: true}) : "";
    }

    /** The columns that show a field of the customer in the customer's row. */
    customerColumns(group) {
        const shown =
            group?.record?.resModel === "res.partner" ? group.record.activeFields : {};
        return this.columns.filter((column) => column.name in shown);
    }

    getFirstAggregateIndex(group) {
        const index = super.getFirstAggregateIndex(group);
        const own = this.customerColumns(group).map((column) =>
            this.columns.indexOf(column),
        );
        return Math.min(...own, index);
    }

    getLastAggregateIndex(group) {
        const index = super.getLastAggregateIndex(group);
        const own = this.customerColumns(group).map((column) =>
            this.columns.indexOf(column),
        );
        return Math.max(...own, index);
    }

    groupCellClass(group, column) {
        return {
            o_list_number: !this.customerColumns(group).includes(column),
            o_funnel_aging_cell:
                isBucket(column) && Boolean(group.aggregates[column.name]),
        };
    }

    onGroupCellClicked(ev, group, column) {
        if (!isBucket(column) || !group.aggregates[column.name]) {
            return;
        }
        ev.stopPropagation();
        const bucket = column.name.slice("amount_".length);
        return this.env.services.action.doAction({
            type: "ir.actions.act_window",
            name: _t("%(group)s, %(bucket)s", {
                group: group.displayName,
                bucket: this.fields[column.name].string,
            }),
            res_model: this.props.list.resModel,
            views: [[false, "list"]],
            domain: [...group.list.domain, ["bucket", "=", bucket]],
            context: pick(this.props.list.context, "as_of", "account_type"),
        });
    }
}

export const agingListView = {
    ...asOfListView,
    ControlPanel: AgingControlPanel,
    Renderer: AgingListRenderer,
};

registry.category("views").add("funnel_aging_list", agingListView);
