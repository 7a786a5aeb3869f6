import Foundation

/// Whether the head knows too much of its own photos, or too little of any, or is too sure.
extension Verdict {
    /// A gap of five points at least, that is beyond chance: two proportions, 95 %.
    @Sendable static func overfitting(_ evidence: Evidence) -> Finding? {
        guard let unseen = evidence.unseenMetrics, evidence.train.count > 0 else { return nil }
        let train = evidence.train
        let gap = train.accuracy - unseen.accuracy
        let (first, second) = (Double(train.count), Double(unseen.count))
        let pooled = (train.accuracy * first + unseen.accuracy * second) / (first + second)
        let deviation = (pooled * (1 - pooled) * (1 / first + 1 / second)).squareRoot()
        guard gap >= 0.05, gap > 1.96 * deviation else { return nil }
        let advice = evidence.recipe == .retrain ? "Use fewer steps, and add" : "Add"
        return Finding(
            .overfitting, gap >= 0.25 ? .problem : gap >= 0.1 ? .warning : .info,
            "It is right about \(Words.percent(train.accuracy)) of the photos that it learnt from and \(Words.percent(unseen.accuracy)) "
                + "of \(Words.count(unseen.count, "photo")) that it had not seen: it knows its photos better than its classes.",
            action:
                "\(advice) photos of other objects, backgrounds and light, most of all to the classes with the lowest recall. "
                + "A gap this large means that more photos will help.",
            numbers: [
                "train_accuracy": train.accuracy, "unseen_accuracy": unseen.accuracy, "gap": gap,
                "train_cross_entropy": train.crossEntropy, "unseen_cross_entropy": unseen.crossEntropy,
                "unseen_images": second,
            ])
    }

    /// Photos that it was shown come out wrong as well, so the fault is not that there are too few.
    @Sendable static func underfitting(_ evidence: Evidence) -> Finding? {
        guard let unseen = evidence.unseenMetrics, evidence.train.count >= 20 else { return nil }
        let train = evidence.train
        guard train.accuracy < 0.9, train.accuracy - unseen.accuracy < 0.05 else { return nil }
        let advice =
            evidence.recipe == .retrain
            ? "Use the recipe 'auto', or more steps, or a higher learning rate."
            : "Try a larger backbone, or another fit (crop loses the edges of a photo, squash keeps them)."
        return Finding(
            .underfitting, train.accuracy < 0.7 ? .problem : .warning,
            "It is right about only \(Words.percent(train.accuracy)) of the very photos that it learnt from, and "
                + "\(Words.percent(unseen.accuracy)) of others: more photos alone will not help.",
            action: "\(advice) Look for wrong labels, and for classes that a person could not tell apart by the photo.",
            numbers: [
                "train_accuracy": train.accuracy, "unseen_accuracy": unseen.accuracy,
                "train_cross_entropy": train.crossEntropy, "unseen_cross_entropy": unseen.crossEntropy,
            ])
    }

    /// Every answer is marked as unsure, since no probability is high enough for the precision that was asked for.
    @Sendable static func neverSure(_ evidence: Evidence) -> Finding? {
        guard let abstention = evidence.abstention, abstention.isNeverSure else { return nil }
        let target = Words.percent(abstention.targetPrecision)
        return Finding(
            .neverSure, .warning,
            "Every answer is marked as unsure: however sure it is, fewer than \(target) of the answers were right on "
                + "\(Words.count(evidence.heldOutAnswers?.count ?? 0, "held-out photo")).",
            action:
                "Mend what else is found here and train again; or train with a lower target_precision, if fewer right answers are "
                + "enough.",
            numbers: [
                "target_precision": abstention.targetPrecision,
                "held_out_accuracy": evidence.heldOutAnswers?.accuracy ?? .nan,
                "held_out_images": Double(evidence.heldOutAnswers?.count ?? 0),
            ])
    }

    /// By mean confidence less accuracy, which has a standard error; the calibration error of a few photos is mostly chance.
    @Sendable static func calibrationOff(_ evidence: Evidence) -> Finding? {
        let answers = evidence.test.answers.count >= 50 ? evidence.test.answers : evidence.heldOutAnswers
        guard let answers, answers.count >= 50, let calibration = Calibration(answers) else { return nil }
        let (accuracy, excess) = (answers.accuracy, calibration.excess)
        let deviation = max((accuracy * (1 - accuracy) / Double(answers.count)).squareRoot(), 1 / Double(answers.count))
        guard abs(excess) > 0.05, abs(excess) > 1.96 * deviation else { return nil }
        let advice = evidence.recipe == .retrain ? " The recipe 'auto' corrects this." : ""
        return Finding(
            .calibrationOff, abs(excess) > 0.1 ? .warning : .info,
            "Its answers sound \(excess > 0 ? "surer" : "less sure") than they should: their probability is "
                + "\(Words.percent(accuracy + excess)) on average, and \(Words.percent(accuracy)) of them are right (expected "
                + "calibration error \(Words.percent(calibration.error))).",
            action:
                "The answers are not affected, but do not take a probability at its word, and choose a threshold by the "
                + "precision-recall curve.\(advice)",
            numbers: [
                "mean_confidence": accuracy + excess, "accuracy": accuracy, "calibration_error": calibration.error,
                "images": Double(answers.count),
            ])
    }
}
