export type InvitationState = "living" | "used-up" | "expired" | "revoked";
