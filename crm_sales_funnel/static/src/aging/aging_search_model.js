/**
 * Adds the date of the aging to a search model: it is part of the context, so that
 * every view, export and opened list is as of that date.
 *
 * @param {typeof import("@web/search/search_model").SearchModel} Base
 */
export const withAsOf = (Base) =>
    class extends Base {
        /** @param {string|false} asOf ISO date, or false for today */
        setAsOf(asOf) {
            this.asOf = asOf;
            this._notify();
        }

        _getContext() {
            const context = super._getContext();
            return this.asOf === undefined ? context : {...context, as_of: this.asOf};
        }

        exportState() {
            return {...super.exportState(), asOf: this.asOf};
        }

        _importState(state) {
            super._importState(state);
            this.asOf = state.asOf;
        }
    };
