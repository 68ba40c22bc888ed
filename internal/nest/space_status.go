package nest

// applyStatus sets the status. Every newer space states it, even one that repeats the previous status.
func applyStatus(n *Nest, prev, next Space, at, now int64) {
	switch next.Status {
	case SpaceClosed:
		n.setStatus(Ended, at, now)
	case SpacePlanned:
		n.setStatus(Planned, at, now)
	case SpaceOpen, SpacePrivate:
		if plansStart(*n, prev, next, now) {
			n.setStatus(Planned, at, now)
		} else {
			n.setStatus(Live, at, now)
		}
	}
}

// plansStart reports whether an open or private space plans the nest: its start lies ahead, and the start is new or the
// nest is planned already. A space that follows a planned one states that the nest is live.
func plansStart(n Nest, prev, next Space, now int64) bool {
	starts := next.Starts
	if starts == 0 {
		starts = n.StartsAt
	}
	if starts <= now+plannedAhead {
		return false
	}
	isNewStart := next.Starts != 0 && next.Starts != prev.Starts
	return isNewStart || n.Status == Planned && prev.Status != SpacePlanned
}

// afterStatusChange audits an end, and refuses a reopening that exceeds the host's quota: the nest then stays ended,
// and the host has to sign a space that ends it.
func (s *Service) afterStatusChange(tx Tx, before Nest, n *Nest) error {
	switch {
	case before.Status == n.Status:
	case n.Status == Ended:
		return s.audit(tx, AuditEntry{Actor: n.Host, Action: ActionEnd, Nest: n.ID})
	case before.Status == Ended:
		err := s.checkQuota(tx, n.Host)
		if CodeOf(err) != CodeQuota {
			return err
		}
		*n = before
	}
	return nil
}

// setStatus sets the status as stated at at (unix ms). The loop ends the LiveKit room of an ended generation; a
// reopened nest is a new generation, which never shares that room.
func (n *Nest) setStatus(to Status, at, now int64) {
	n.StatusAt = at
	if n.Status == to {
		return
	}
	if to == Ended {
		n.EndedAt = now
		n.dropRoom()
	}
	if n.Status == Ended {
		n.EndedAt = 0
		n.Generation++
	}
	n.Status = to
}

// dropRoom leaves the LiveKit room of this generation for the loop to end.
func (n *Nest) dropRoom() {
	if n.RoomSID != "" {
		n.StaleSID, n.RoomSID = n.RoomSID, ""
	}
}

// needsSignature reports whether the newest space contradicts the row, so that the host must sign once.
func needsSignature(n Nest, space Space) bool {
	switch {
	case space.Status == SpaceUnknown:
		return false
	case n.Status == Ended:
		return space.Status != SpaceClosed
	case space.Status == SpaceClosed:
		return true
	case n.Status == Live && space.Status == SpacePlanned:
		return true
	case n.Access == Private:
		return space.Status == SpaceOpen
	}
	return space.Status == SpacePrivate
}

// updateSignatureDue sets SignatureDue after a change by API.
func (s *Service) updateSignatureDue(tx Tx, n *Nest) error {
	space, err := s.currentSpace(tx, *n)
	n.SignatureDue = err == nil && space != nil && needsSignature(*n, *space)
	return err
}
